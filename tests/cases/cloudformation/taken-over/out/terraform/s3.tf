# Written by samc from template.yaml; the next build writes it anew.

# Files (AWS::S3::Bucket), template.yaml:25
resource "aws_s3_bucket" "files" {
  bucket = "shop-files-z9y8x7w6"
}

resource "aws_s3_bucket_versioning" "files" {
  bucket = aws_s3_bucket.files.id

  versioning_configuration {
    status = "Enabled"
  }
}
