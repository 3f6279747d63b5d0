# Written by samc from template.yaml; the next build writes it anew.

# DT (AWS::CloudTrail::Trail), template.yaml:26
resource "aws_cloudtrail" "dt" {
  name           = "${var.stack_name}-DT"
  s3_bucket_name = "b"
  enable_logging = true
}
