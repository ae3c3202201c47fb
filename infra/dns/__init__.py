"""Looking at DNS: a library with neither database nor broker."""
