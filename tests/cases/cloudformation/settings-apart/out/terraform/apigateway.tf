# Written by samc from template.yaml; the next build writes it anew.

# Api (AWS::ApiGateway::RestApi), template.yaml:4
resource "aws_api_gateway_rest_api" "api" {
  name = "reports"

  body = jsonencode({
    openapi = "3.0.1"
    info = {
      title   = "reports"
      version = "1"
    }
    paths = {
      "/" = {
        get = {
          responses = {}
          "x-amazon-apigateway-integration" = {
            type       = "http_proxy"
            httpMethod = "GET"
            uri        = "https://example.com/"
          }
        }
      }
      "/years/{year}" = {
        get = {
          responses = {}
          "x-amazon-apigateway-integration" = {
            type       = "http_proxy"
            httpMethod = "GET"
            uri        = "https://example.com/y"
          }
        }
      }
    }
  })
}

# Deployment (AWS::ApiGateway::Deployment), template.yaml:14
resource "aws_api_gateway_deployment" "deployment" {
  rest_api_id = aws_api_gateway_rest_api.api.id

  triggers = {
    body = sha1(aws_api_gateway_rest_api.api.body)
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Live (AWS::ApiGateway::Stage), template.yaml:17
resource "aws_api_gateway_stage" "live" {
  rest_api_id   = aws_api_gateway_rest_api.api.id
  deployment_id = aws_api_gateway_deployment.deployment.id
  stage_name    = "live"
}

resource "aws_api_gateway_method_settings" "live" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "~1/GET"

  settings {
    throttling_rate_limit  = 5
    throttling_burst_limit = 10
  }
}

resource "aws_api_gateway_method_settings" "live_2" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "years/{year}/GET"

  settings {
    metrics_enabled = true
  }
}

resource "aws_api_gateway_method_settings" "live_3" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "*/*"

  settings {
    logging_level = "ERROR"
  }
}

# Open (AWS::ApiGateway::RestApi), template.yaml:66
resource "aws_api_gateway_rest_api" "open" {
  name = "open"
}
