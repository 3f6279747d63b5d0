# Written by samc from template.yaml; the next build writes it anew.

# Users (AWS::Cognito::UserPool), template.yaml:45
resource "aws_cognito_user_pool" "users" {
  name = "${var.stack_name}-Users"

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [name]
  }
}
