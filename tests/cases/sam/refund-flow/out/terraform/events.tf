# Written by samc from template.yaml; the next build writes it anew.

# RefundMonthly (AWS::Events::Rule), template.yaml:49
resource "aws_cloudwatch_event_rule" "refund_monthly" {
  name                = "${var.stack_name}-RefundMonthly"
  schedule_expression = "cron(0 3 1 * ? *)"
}

resource "aws_cloudwatch_event_target" "refund_monthly" {
  rule      = aws_cloudwatch_event_rule.refund_monthly.name
  arn       = aws_sfn_state_machine.refund.arn
  target_id = "RefundMonthlyStepFunctionsTarget"
  role_arn  = aws_iam_role.refund_monthly_role.arn
}

# RefundDisputed (AWS::Events::Rule), template.yaml:53
resource "aws_cloudwatch_event_rule" "refund_disputed" {
  name = "${var.stack_name}-RefundDisputed"

  event_pattern = jsonencode({
    source        = ["bank"]
    "detail-type" = ["Dispute"]
  })
}

resource "aws_cloudwatch_event_target" "refund_disputed" {
  rule      = aws_cloudwatch_event_rule.refund_disputed.name
  arn       = aws_sfn_state_machine.refund.arn
  target_id = "RefundDisputedStepFunctionsTarget"
  role_arn  = aws_iam_role.refund_disputed_role.arn
}
