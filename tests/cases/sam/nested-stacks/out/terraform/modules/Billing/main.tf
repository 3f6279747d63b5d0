# Written by samc from template.yaml; the next build writes it anew.

# Topic (AWS::SNS::Topic), template.yaml:2
resource "aws_sns_topic" "topic" {
  name = "${var.stack_name}-Topic"
}

# Archive (AWS::CloudFormation::Stack), template.yaml:4
module "archive" {
  source     = "../Billing-Archive"
  stack_name = "${var.stack_name}-Archive"
}
