# Written by samc from template.yaml; the next build writes it anew.

# Kept (AWS::S3::Bucket), template.yaml:27
resource "aws_s3_bucket" "kept" {
  bucket_prefix       = "${lower(var.stack_name)}-kept-"
  object_lock_enabled = true
}

resource "aws_s3_bucket_object_lock_configuration" "kept" {
  bucket = aws_s3_bucket.kept.id

  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = 30
    }
  }
}

resource "aws_s3_bucket_versioning" "kept" {
  bucket = aws_s3_bucket.kept.id

  versioning_configuration {
    status = "Enabled"
  }
}
