"""Every number and wording that the AWS pages leave open or contradict: a better reading is one edit here."""

# Deequ's constants, which the analyzer is built on (Apache-2.0: KLLSketch, Histogram, Distance).
SKETCH_SIZE = 2048
SKETCH_SHRINKING = 0.64
BUCKETS = 10
CATEGORIES_MAX = 120
KS_CORRECTION = 1.8
CHI_SQUARED_YATES_COUNT = 5.0
CHI_SQUARED_YATES_SHARE = 0.2
CHI_SQUARED_COCHRAN_COUNT = 10.0

# What freshly generated constraints say. The pages name 0.1 for the first two; files that AWS wrote say 1.0.
DATATYPE_CHECK_THRESHOLD = 1.0
DOMAIN_CONTENT_THRESHOLD = 1.0
COMPARISON_THRESHOLD = 0.1
COMPARISON_METHOD = "Robust"
CATEGORICAL_DRIFT_METHOD = "LInfinity"

# "12" in a column that is expected to hold fractions: a match (an integer is a number), or a mismatch when strict.
STRICT_FRACTIONAL = False
# The chi-squared test yields a p-value: below the threshold the two samples differ.
CHI_SQUARED_VIOLATES_BELOW = True
# A payload's unnamed list of records sits under one of these keys of a JSON document.
RECORD_LIST_KEYS = ("predictions", "instances", "inputs", "outputs")

# Wordings: the first three are AWS's own, the others have never been published.
DATA_TYPE_TEXT = (
    "Data type match requirement is not met. Expected data type: {expected}, Expected match: {wanted}%. "
    "Observed: Only {observed}% of data is {expected}."
)
VALUE_TEXT = "Value: {value} does not meet the constraint requirement! "
DRIFT_TEXT = "Baseline drift distance: {distance} exceeds threshold: {threshold}"
P_VALUE_TEXT = "Baseline drift p-value: {distance} is below threshold: {threshold}"
MISSING_TEXT = (
    "There are missing columns in current dataset. Number of columns in current dataset: {current}, "
    "Number of columns in baseline constraints: {baseline}"
)
EXTRA_TEXT = (
    "There are extra columns in current dataset. Number of columns in current dataset: {current}, "
    "Number of columns in baseline constraints: {baseline}"
)
METRIC_TEXT = "Metric {metric} with {value} was {operator} {threshold}"
METRIC_SPREAD_TEXT = "Metric {metric} with {value} +/- {spread} was {operator} {threshold}"
COMPLETED_TEXT = "Completed: Job completed successfully with no violations."
VIOLATED_TEXT = "CompletedWithViolations: Job completed successfully with {count} violations."

# Model quality: spreads come from this many random samples of this share, from this many rows on.
# https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
SAMPLES = 5
SAMPLE_SHARE = 0.8
SAMPLED_ROWS_MIN = 200
SAMPLE_SEED = 20200801
# A metric may differ from its threshold by this share: sums in another order differ in their last digits.
METRIC_TOLERANCE = 1e-9
# A score above this is the positive class when the job names no threshold.
PROBABILITY_THRESHOLD = 0.5
# Curves of millions of distinct scores are thinned to this many points.
CURVE_POINTS_MAX = 1000

# Memory: how much of the numbers stays in memory before the rest goes to disk, and how much is sorted at once.
RESIDENT_BYTES = 192 * 2**20
SORTED_VALUES = 16 * 2**20
# How many values are read from disk, and gone through with temporary arrays, at once.
READ_VALUES = 2**20
# The first block teaches the column types, so it is small; every later one is read with them.
FIRST_BLOCK_BYTES = 256 * 2**10
BLOCK_BYTES = 16 * 2**20
FRAME_ROWS = 50_000
# A quoted cell that goes on for longer is a stray quote; the block is cut at the next line all the same.
RECORD_BYTES_MAX = 2**20
# Distinct texts followed one by one per column; a column beyond is only counted.
TRACKED_TEXTS = 10_000
# Hashes kept to estimate the distinct values of what is too large to sort at once (error about 0.4 %).
DISTINCT_HASHES = 65_536
