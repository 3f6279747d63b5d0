# Written by samc from template.yaml; the next build writes it anew.

# New (AWS::SNS::Topic), template.yaml:55
resource "aws_sns_topic" "new" {
  name = "${var.stack_name}-New"
}
