# Written by samc from template.yaml; the next build writes it anew.

# RS (AWS::SES::ReceiptRuleSet), template.yaml:28
resource "aws_ses_receipt_rule_set" "rs" {
  rule_set_name = "rs"
}

# RR (AWS::SES::ReceiptRule), template.yaml:29
resource "aws_ses_receipt_rule" "rr" {
  name          = "n"
  rule_set_name = aws_ses_receipt_rule_set.rs.rule_set_name
  enabled       = true
  recipients    = ["a@example.org"]

  s3_action {
    bucket_name = "b"
    position    = 1
  }

  stop_action {
    scope    = "RuleSet"
    position = 2
  }
}
