output "queue" {
  value = aws_sqs_queue.jobs.url
}
