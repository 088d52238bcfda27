"""Alarms: compares what metrics say with what people fear, and acts."""
