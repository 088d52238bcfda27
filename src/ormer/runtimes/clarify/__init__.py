"""The Clarify processor: bias metrics, SHAP values, partial dependence and their reports, knowing only `/opt/ml`."""
