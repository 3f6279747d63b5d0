# Written by samc from template.yaml; the next build writes it anew.

# Orders (AWS::CloudFormation::Stack), template.yaml:8
module "orders" {
  source     = "./modules/Orders"
  stack_name = "${var.stack_name}-Orders"
  stage      = var.stage
}

# Returns (AWS::CloudFormation::Stack), template.yaml:14
module "returns" {
  source     = "./modules/Orders"
  stack_name = "${var.stack_name}-Returns"
  stage      = "returns"
  billing    = module.billing.topic_arn
}

# Billing (AWS::CloudFormation::Stack), template.yaml:21
module "billing" {
  source     = "./modules/Billing"
  stack_name = "${var.stack_name}-Billing"
}

# Elsewhere (AWS::CloudFormation::Stack), template.yaml:25
resource "aws_cloudformation_stack" "elsewhere" {
  name         = "${var.stack_name}-Elsewhere"
  template_url = "https://templates.example.com/audit.yaml"

  parameters = {
    Anything = "goes"
  }

  tags = {
    "lambda:createdBy" = "SAM"
  }
}
