# Written by samc from template.yaml; the next build writes it anew.

# B (AWS::Events::EventBus), template.yaml:5
resource "aws_cloudwatch_event_bus" "b" {
  name = "bus"
}

# A (AWS::Events::Archive), template.yaml:6
resource "aws_cloudwatch_event_archive" "a" {
  name             = "${var.stack_name}-A"
  event_source_arn = aws_cloudwatch_event_bus.b.arn
  retention_days   = 3

  event_pattern = jsonencode({
    source = ["a"]
  })
}
