# Written by samc from template.json; the next build writes it anew.

output "queue" {
  value = aws_sqs_queue.jobs.url
}
