"""Real servers for tests: each in a folder of its own, on free loopback ports, stopped by its process id.

Law: nothing here imports Signet, and nothing here touches a server that it did not start.
"""
