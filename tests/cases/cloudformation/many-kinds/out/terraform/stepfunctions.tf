# Written by samc from template.yaml; the next build writes it anew.

# S (AWS::StepFunctions::Activity), template.yaml:10
resource "aws_sfn_activity" "s" {
  name = "act"
}
