"""What operators look at during the vote: one static page, and how it is served.

The page is a client of `/graphql` like any dashboard's. Its operators sign in at the deployment's
issuer; tokens stay in the page's memory.

`pages`  serving the page under a policy that lets it call the issuer, and nobody else
"""
