"""Hosting: endpoints, their variants and the instances behind them.

The engine makes rows true: it starts and stops sandboxed model servers and publishes where they listen as routes. The
invoke lane of the gateway only reads routes.
"""
