# Written by samc from template.yaml; the next build writes it anew.

# Desk (AWS::ApiGateway::RestApi), template.yaml:12
resource "aws_api_gateway_rest_api" "desk" {
  name = "library-desk"
}

# Books (AWS::ApiGateway::Resource), template.yaml:16
resource "aws_api_gateway_resource" "books" {
  rest_api_id = aws_api_gateway_rest_api.desk.id
  parent_id   = aws_api_gateway_rest_api.desk.root_resource_id
  path_part   = "books"
}

# ListBooks (AWS::ApiGateway::Method), template.yaml:22
resource "aws_api_gateway_method" "list_books" {
  rest_api_id = aws_api_gateway_rest_api.desk.id
  resource_id = aws_api_gateway_resource.books.id
  http_method = "GET"

  request_parameters = {
    "method.request.querystring.shelf" = true
  }

  authorization = "NONE"
}

resource "aws_api_gateway_method_response" "list_books_200" {
  rest_api_id = aws_api_gateway_method.list_books.rest_api_id
  resource_id = aws_api_gateway_method.list_books.resource_id
  http_method = aws_api_gateway_method.list_books.http_method
  status_code = 200

  response_models = {
    "application/json" = "Empty"
  }
}

resource "aws_api_gateway_method_response" "list_books_404" {
  rest_api_id = aws_api_gateway_method.list_books.rest_api_id
  resource_id = aws_api_gateway_method.list_books.resource_id
  http_method = aws_api_gateway_method.list_books.http_method
  status_code = "404"
}

resource "aws_api_gateway_integration" "list_books" {
  rest_api_id          = aws_api_gateway_method.list_books.rest_api_id
  resource_id          = aws_api_gateway_method.list_books.resource_id
  http_method          = aws_api_gateway_method.list_books.http_method
  type                 = "MOCK"
  passthrough_behavior = "WHEN_NO_MATCH"

  request_templates = {
    "application/json" = "{\"statusCode\": 200}"
  }
}

resource "aws_api_gateway_integration_response" "list_books_200" {
  rest_api_id = aws_api_gateway_method.list_books.rest_api_id
  resource_id = aws_api_gateway_method.list_books.resource_id
  http_method = aws_api_gateway_method.list_books.http_method
  status_code = aws_api_gateway_method_response.list_books_200.status_code

  response_templates = {
    "application/json" = "[]"
  }

  depends_on = [aws_api_gateway_integration.list_books]
}

resource "aws_api_gateway_integration_response" "list_books_404" {
  rest_api_id       = aws_api_gateway_method.list_books.rest_api_id
  resource_id       = aws_api_gateway_method.list_books.resource_id
  http_method       = aws_api_gateway_method.list_books.http_method
  status_code       = aws_api_gateway_method_response.list_books_404.status_code
  selection_pattern = "4\\d{2}"
  depends_on        = [aws_api_gateway_integration.list_books]
}

# Release (AWS::ApiGateway::Deployment), template.yaml:46
resource "aws_api_gateway_deployment" "release" {
  rest_api_id = aws_api_gateway_rest_api.desk.id

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [
    aws_api_gateway_method.list_books,
    aws_api_gateway_method_response.list_books_200,
    aws_api_gateway_method_response.list_books_404,
    aws_api_gateway_integration.list_books,
    aws_api_gateway_integration_response.list_books_200,
    aws_api_gateway_integration_response.list_books_404,
  ]
}

# Live (AWS::ApiGateway::Stage), template.yaml:51
resource "aws_api_gateway_stage" "live" {
  rest_api_id   = aws_api_gateway_rest_api.desk.id
  deployment_id = aws_api_gateway_deployment.release.id
  stage_name    = "live"
}

resource "aws_api_gateway_method_settings" "live" {
  rest_api_id = aws_api_gateway_rest_api.desk.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "*/*"

  settings {
    logging_level = "INFO"
  }
}

# Plan (AWS::ApiGateway::UsagePlan), template.yaml:61
resource "aws_api_gateway_usage_plan" "plan" {
  name = "readers"

  api_stages {
    api_id = aws_api_gateway_rest_api.desk.id
    stage  = aws_api_gateway_stage.live.stage_name

    throttle {
      path        = "/books/GET"
      burst_limit = 5
      rate_limit  = 2
    }
  }
}

# Proof (AWS::CertificateManager::Certificate), template.yaml:72
resource "aws_acm_certificate" "proof" {
  domain_name       = "desk.example.org"
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "proof_validation" {
  for_each        = { for o in aws_acm_certificate.proof.domain_validation_options : o.domain_name => o }
  zone_id         = var.zone
  name            = each.value.resource_record_name
  type            = each.value.resource_record_type
  records         = [each.value.resource_record_value]
  ttl             = 60
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "proof" {
  certificate_arn         = aws_acm_certificate.proof.arn
  validation_record_fqdns = [for r in aws_route53_record.proof_validation : r.fqdn]
}

# Domain (AWS::ApiGatewayV2::DomainName), template.yaml:79
resource "aws_apigatewayv2_domain_name" "domain" {
  domain_name = "desk.example.org"

  domain_name_configuration {
    certificate_arn = aws_acm_certificate_validation.proof.certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

# Returns (AWS::ApiGatewayV2::Api), template.yaml:86
resource "aws_apigatewayv2_api" "returns" {
  name          = "returns"
  protocol_type = "HTTP"
}

# ReturnsStage (AWS::ApiGatewayV2::Stage), template.yaml:91
resource "aws_apigatewayv2_stage" "returns_stage" {
  api_id      = aws_apigatewayv2_api.returns.id
  name        = "$default"
  auto_deploy = true

  dynamic "route_settings" {
    for_each = local.busy ? [true] : []

    content {
      route_key              = "GET /late"
      throttling_burst_limit = 10
      throttling_rate_limit  = 10000
    }
  }
}

# Reminders (AWS::Events::Rule), template.yaml:99
resource "aws_cloudwatch_event_rule" "reminders" {
  name                = "${var.stack_name}-Reminders"
  schedule_expression = "rate(1 day)"
}

resource "aws_cloudwatch_event_target" "reminders" {
  rule      = aws_cloudwatch_event_rule.reminders.name
  target_id = "job"
  arn       = "arn:aws:batch:eu-west-1:123456789012:job-queue/letters"
  role_arn  = "arn:aws:iam::123456789012:role/letters"

  batch_target {
    job_definition = "letters"
    job_name       = "letters"
    job_attempts   = 2
  }
}
