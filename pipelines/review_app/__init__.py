"""The review page: FastAPI and Jinja over the same store; no script from elsewhere, no build step."""
