"""RabbitMQ by plain pika: how events come in and go out. It shares nothing with the task queues."""
