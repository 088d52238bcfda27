"""CodePipeline: what is asked of delivery pipelines, and how they stand; engines/delivery moves them."""
