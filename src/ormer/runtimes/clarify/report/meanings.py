"""What each bias metric means, in one sentence for a reader who is no statistician.

"The facet" is the group the configuration names; "the rest" are all other records.
"""

from __future__ import annotations

from ..bias import POST_TRAINING, PRE_TRAINING

IDEALS = {metric.name: metric.ideal for metric in (*PRE_TRAINING, *POST_TRAINING)}

MEANINGS = {
    "CDDL": "Within comparable groups, how much larger the facet's share of negative labels is than its share of "
    "positive ones; above zero the facet is rejected more often than its size explains.",
    "CI": "How unevenly the two sides are represented: from −1 (only the facet) to 1 (only the rest).",
    "DPL": "How much more often the rest have the positive label than the facet.",
    "JS": "How far the label distributions of both sides are from their common average; zero when they are alike.",
    "KL": "How surprising the facet's labels are to someone who expects those of the rest; zero when they are alike.",
    "KS": "The largest difference between the two sides in the share of any one label.",
    "LP": "The straight-line distance between the label distributions of the two sides.",
    "TVD": "Half of the summed differences between the two sides in the share of each label.",
    "AD": "How much more accurate the predictions for the rest are than those for the facet.",
    "CDDPL": "Within comparable groups, how much larger the facet's share of negative predictions is than its share of "
    "positive ones.",
    "DAR": "How much more often a positive prediction is right for the rest than for the facet.",
    "DCA": "How differently the two sides' true positives relate to their predicted positives; above zero the model "
    "accepts too few of the rest, below zero too few of the facet.",
    "DCR": "How differently the two sides' true negatives relate to their predicted negatives.",
    "DI": "The facet's share of positive predictions divided by that of the rest; one is parity, below 0.8 is commonly "
    "taken as disparate impact.",
    "DPPL": "How much more often the rest receive the positive prediction than the facet.",
    "DRR": "How much more often a negative prediction is right for the facet than for the rest.",
    "FT": "How often the prediction of a member of the facet differs from that of its most similar members of the "
    "rest, positive predictions less negative ones.",
    "GE": "How unequally the benefits of right and wrong predictions are spread over all records; zero when evenly.",
    "RD": "How many more of their positives the model finds for the rest than for the facet.",
    "SD": "How many more of their negatives the model finds for the facet than for the rest.",
    "TE": "How the ratio of false negatives to false positives of the facet exceeds that of the rest.",
}

SHAP_MEANING = (
    "A SHAP value is what one feature adds to one prediction, compared with the baseline. The bars summarize these "
    "over all records: the longer, the more the feature moves the predictions. The expected value is the mean "
    "prediction over the baseline."
)
PDP_MEANING = (
    "Each curve is the mean prediction when the feature is set to the same value in every record. "
    "The bars below it show how many records have such values; read the curve with care where there are few."
)
