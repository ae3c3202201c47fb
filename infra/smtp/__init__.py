"""Mail servers, as a client logs in to them."""
