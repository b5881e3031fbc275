"""
Deliveries: changes of alerts, taken to those who do not come for them.

An **endpoint** is a webhook (Standard Webhooks 1.0: signed, tried again, dead letters) or an address that Apprise
knows.  Its **courier** takes it one change after the other, so that it hears of each alert in order.  What was
delivered is in a file beside the tokens, not in Redis: Redis is a copy that may be emptied, and nothing could fill this
again.
"""
