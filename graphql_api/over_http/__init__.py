"""GraphQL over HTTP (R36): what is taken, what is answered, in which media type and status.

One question a file: `media_types` (what does the caller read?), `graphql_request` (what is
asked?), `strict_json` (is it JSON?), `refusal` (what is answered to what is no request?), `cors`
(may another origin ask?), `upgrades` (no WebSocket). `way_in` puts them together.

`answer`        an answer, whole before it is sent
`arrival`       a request arrives: who sends it, under which id, and its whole body, in time
`correlation`   under which id the log has everything about a request
`dev_inbox`     `/dev/inbox`: what would have been sent, shown
`endpoint`      what is asked of a schema, and what is answered
`envelope`      what surrounds every request that Starlette or a host answers
`for_people`    what is refused, as a page for a person whose browser asked for one
`guard`         who calls: those whose credentials are no good get 401
`head`          the headers of a request, gone through once
`headers`       headers that keep an answer private and inert, whatever opens it
`metrics`       `/metrics`: how messages fare and what waits, in Prometheus' text format
`pace`          how fast requests are worked off, hence who begins when, and how many may wait
`presentation`  GraphQL errors as callers may see them, and as logs may keep them
`receipts`      `/receipts/{route}`: where SMS providers report what became of an SMS
`problem_page`  the page that says, in two languages, why an address cannot be shown
`queue`         how many requests are worked on at once, and who waits for how long
`static_files`  files of a page under the strictest content security policy
`turned_away`   what is answered to a request for which there is no place, put together beforehand
`heads`         what is answered on a connection whose bytes make no request
`notice`        lines of the log about what happens a thousand times: one a minute
"""
