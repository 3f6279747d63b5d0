# Written by samc from template.yaml; the next build writes it anew.

# Refund (AWS::StepFunctions::StateMachine), template.yaml:4
resource "aws_sfn_state_machine" "refund" {
  name     = "${var.stack_name}-Refund"
  role_arn = aws_iam_role.refund_role.arn
  type     = "EXPRESS"

  tracing_configuration {
    enabled = true
  }

  tags = {
    "stateMachine:createdBy" = "SAM"
    team                     = "payments"
  }

  definition = jsonencode({
    StartAt = "Check"
    States = {
      Check = {
        Next     = "Enough"
        Resource = aws_lambda_function.check.arn
        Type     = "Task"
      }
      Done = {
        Type = "Succeed"
      }
      Enough = {
        Choices = [
          {
            Next            = "Done"
            NumericLessThan = 100
            Variable        = "$.amount"
          },
        ]
        Default = "Refuse"
        Type    = "Choice"
      }
      Refuse = {
        Error = "TooMuch"
        Type  = "Fail"
      }
    }
  })

  logging_configuration {
    level                  = "ERROR"
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.flow_log.arn}:*"
  }

  depends_on = [
    aws_iam_role_policy.refund_role_policy0,
    aws_iam_role_policy_attachment.refund_role_cloud_watch_logs_full_access,
    aws_iam_role_policy_attachment.refund_role_aws_xray_write_only_access,
  ]
}
