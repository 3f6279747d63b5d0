# Written by samc from template.yaml; the next build writes it anew.

# OI (AWS::IAM::OIDCProvider), template.yaml:22
resource "aws_iam_openid_connect_provider" "oi" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}
