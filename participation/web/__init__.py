"""What the browser meets: requests, pages, static files."""
