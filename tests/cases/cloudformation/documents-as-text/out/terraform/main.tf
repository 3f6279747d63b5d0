# Written by samc from template.yaml; the next build writes it anew.

data "aws_partition" "current" {}

data "aws_region" "current" {}

# Inbox (AWS::SQS::Queue), template.yaml:8
resource "aws_sqs_queue" "inbox" {
  name = "${var.stack_name}-Inbox"
}

# Plain (AWS::StepFunctions::StateMachine), template.yaml:11
resource "aws_sfn_state_machine" "plain" {
  name     = "${var.stack_name}-Plain"
  role_arn = var.machine_role

  definition = jsonencode({
    StartAt = "Send"
    States = {
      Send = {
        Type     = "Task"
        Resource = "arn:${data.aws_partition.current.partition}:states:::sqs:sendMessage"
        Parameters = {
          QueueUrl    = aws_sqs_queue.inbox.url
          MessageBody = "at ${aws_sqs_queue.inbox.arn} < 5 & more"
          Delay       = tostring(var.pause)
        }
        Next = "Wait"
      }
      Wait = {
        Type    = "Wait"
        Seconds = 1.5
        End     = true
      }
    }
  })
}

# Free (AWS::StepFunctions::StateMachine), template.yaml:29
resource "aws_sfn_state_machine" "free" {
  name     = "${var.stack_name}-Free"
  role_arn = var.machine_role

  definition = <<EOT
{
  "StartAt": "Greet",
  "States": {
    "Greet": {"Type": "Pass", "Result": "${var.greeting}", "Next": "Wait"},
    "Wait": {"Type": "Wait", "Seconds": ${var.pause}, "End": true}
  }
}
EOT
}

# Filled (AWS::StepFunctions::StateMachine), template.yaml:42
resource "aws_sfn_state_machine" "filled" {
  name     = "${var.stack_name}-Filled"
  role_arn = var.machine_role

  definition = jsonencode({
    StartAt = "A"
    States = {
      A = {
        Type     = "Task"
        Resource = aws_sqs_queue.inbox.arn
        Comment  = "sends to ${aws_sqs_queue.inbox.arn}"
        End      = true
      }
    }
  })
}

# FilledLater (AWS::StepFunctions::StateMachine), template.yaml:48
resource "aws_sfn_state_machine" "filled_later" {
  name     = "${var.stack_name}-FilledLater"
  role_arn = var.machine_role

  definition = replace(jsonencode({
    StartAt = "A"
    States = {
      A = {
        Type   = "Pass"
        Result = "$${Word}"
        End    = true
      }
    }
  }), "$${Word}", var.greeting)
}

# Board (AWS::CloudWatch::Dashboard), template.yaml:54
resource "aws_cloudwatch_dashboard" "board" {
  dashboard_name = "inbox"

  dashboard_body = jsonencode({
    widgets = [
      {
        type  = "metric"
        width = 6
        properties = {
          region = data.aws_region.current.name
          metrics = [
            [
              "AWS/SQS",
              "NumberOfMessagesSent",
              "QueueName",
              aws_sqs_queue.inbox.name,
            ],
          ]
        }
      },
    ]
  })
}

# Poll (AWS::Lambda::EventSourceMapping), template.yaml:60
resource "aws_lambda_event_source_mapping" "poll" {
  function_name    = "reader"
  event_source_arn = aws_sqs_queue.inbox.arn

  filter_criteria {
    filter {
      pattern = "{\"body\": {\"kind\": [\"order\"]}}"
    }
  }
}
