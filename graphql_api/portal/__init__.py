"""The reference front end: the guide's six screens as static files, and how they are served.

The pages are a client of `/graphql` like any partner's. They can be copied to any web server as
they are; `pages.py` is only needed to serve them from here.

`pages`  serving the portal under the strictest content security policy
`site`   what a deployment tells on every page: whom to call, and the footer's links
"""
