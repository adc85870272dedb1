"""Tests of generated code."""
