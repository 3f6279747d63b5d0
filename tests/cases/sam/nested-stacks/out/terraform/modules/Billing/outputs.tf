# Written by samc from template.yaml; the next build writes it anew.

output "topic_arn" {
  value = aws_sns_topic.topic.arn
}
