"""SIAPkerja: outbox, client, sending, ledger and read-back of the six domains (contracts/siapkerja.md).

What is sent is the difference between the marts and what was last acknowledged; a send is at-least-once with
a stable key and identical bytes, so its effect is exactly-once; each receipt joins a signed hash chain.
"""
