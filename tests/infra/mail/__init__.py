"""Tests of mails: words, bytes, and how they leave."""
