# Written by samc from template.yaml; the next build writes it anew.

# ServerlessHttpApi (AWS::ApiGatewayV2::Api), template.yaml:21
resource "aws_apigatewayv2_api" "serverless_http_api" {
  name          = var.stack_name
  protocol_type = "HTTP"

  body = jsonencode({
    openapi = "3.0.1"
    info = {
      version = "1.0"
      title   = var.stack_name
    }
    paths = {
      "/pay" = {
        post = {
          "x-amazon-apigateway-integration" = {
            type                 = "aws_proxy"
            httpMethod           = "POST"
            payloadFormatVersion = "2.0"
            uri                  = "arn:${data.aws_partition.current.partition}:apigateway:${data.aws_region.current.name}:lambda:path/2015-03-31/functions/${aws_lambda_alias.checkout_aliaslive.arn}/invocations"
          }
          responses = {}
        }
      }
    }
    tags = [
      {
        name                            = "httpapi:createdBy"
        "x-amazon-apigateway-tag-value" = "SAM"
      },
    ]
  })

  version = "1.0"

  tags = {
    "httpapi:createdBy" = "SAM"
  }
}

# ServerlessHttpApiApiGatewayDefaultStage (AWS::ApiGatewayV2::Stage), template.yaml:21
resource "aws_apigatewayv2_stage" "serverless_http_api_api_gateway_default_stage" {
  api_id = aws_apigatewayv2_api.serverless_http_api.id
  name   = "$default"

  tags = {
    "httpapi:createdBy" = "SAM"
  }

  auto_deploy = true
}
