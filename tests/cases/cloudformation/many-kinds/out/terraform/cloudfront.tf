# Written by samc from template.yaml; the next build writes it anew.

# CF (AWS::CloudFront::Function), template.yaml:34
resource "aws_cloudfront_function" "cf" {
  name    = "f"
  code    = "function handler(e) { return e.request }"
  comment = "c"
  runtime = "cloudfront-js-2.0"
  publish = true
}

# OAC (AWS::CloudFront::OriginAccessControl), template.yaml:35
resource "aws_cloudfront_origin_access_control" "oac" {
  name                              = "n"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
  description                       = ""
}

# CD (AWS::CloudFront::Distribution), template.yaml:36
resource "aws_cloudfront_distribution" "cd" {
  enabled             = true
  default_root_object = "index.html"

  origin {
    origin_id                = "s"
    domain_name              = "b.s3.amazonaws.com"
    origin_access_control_id = aws_cloudfront_origin_access_control.oac.id
  }

  default_cache_behavior {
    target_origin_id       = "s"
    viewer_protocol_policy = "redirect-to-https"
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6"

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.cf.arn
    }

    allowed_methods = ["GET", "HEAD"]
    cached_methods  = ["GET", "HEAD"]
  }

  http_version = "http1.1"

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}
