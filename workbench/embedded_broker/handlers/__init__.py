"""One file per API, thin: decode (done), service, encode. Importing this package fills the table in `requests.py`.

Each file says which versions it serves and what of Kafka's behaviour it stands for.
"""
