# Written by samc from template.yaml; the next build writes it anew.

# Bucket (AWS::S3::Bucket), archive.yaml:2
resource "aws_s3_bucket" "bucket" {
  bucket_prefix = "${lower(var.stack_name)}-bucket-"
}
