"""Möwenkontor, a wholesaler that does not exist: sample data for the example hosts.

Made with a fixed seed, so that two runs on one day show the same portal.
"""
