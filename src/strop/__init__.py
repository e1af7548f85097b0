"""strop: test-time compute, guided by tests."""
