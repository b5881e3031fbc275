"""
The console: what people look at in a browser, as plain files without a build step.

``static`` holds a page, its style and its modules; :mod:`alerts.console.serving` serves them and the charting library
out of its installed package.  The page speaks to the routes of the API alone, with the caller's own token.
"""

from alerts.console.serving import console_routes

__all__ = ["console_routes"]
