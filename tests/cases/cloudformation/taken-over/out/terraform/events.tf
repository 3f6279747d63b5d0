# Written by samc from template.yaml; the next build writes it anew.

# Bus (AWS::Events::EventBus), template.yaml:16
resource "aws_cloudwatch_event_bus" "bus" {
  name = "shop-events"
}

# Placed (AWS::Events::Rule), template.yaml:19
resource "aws_cloudwatch_event_rule" "placed" {
  name           = "shop-Placed-Q1W2E3R4"
  event_bus_name = aws_cloudwatch_event_bus.bus.name

  event_pattern = jsonencode({
    source = ["shop"]
  })
}

resource "aws_cloudwatch_event_target" "placed" {
  rule           = aws_cloudwatch_event_rule.placed.name
  event_bus_name = aws_cloudwatch_event_bus.bus.name
  target_id      = "jobs"
  arn            = aws_sqs_queue.named.arn
}
