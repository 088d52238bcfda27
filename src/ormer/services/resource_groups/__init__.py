"""AWS Resource Groups: resources that belong together by their tags, as the registry's Collections are kept."""
