"""GraphQL over HTTP (R36): what is taken, what is answered, in which media type and status.

One question a file: `media_types` (what does the caller read?), `graphql_request` (what is
asked?), `strict_json` (is it JSON?), `refusal` (what is answered to what is no request?), `cors`
(may another origin ask?), `upgrades` (no WebSocket). `endpoint` puts them together.
"""
