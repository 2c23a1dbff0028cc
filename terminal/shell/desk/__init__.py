"""Be a desk's link thread: fold what the runner tells, show it, and send what people ask for."""
