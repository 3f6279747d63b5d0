# Written by samc from template.yaml; the next build writes it anew.

# R (AWS::ApiGateway::RestApi), template.yaml:8
resource "aws_api_gateway_rest_api" "r" {
  name = "r"
}

# G (AWS::ApiGateway::GatewayResponse), template.yaml:9
resource "aws_api_gateway_gateway_response" "g" {
  rest_api_id   = aws_api_gateway_rest_api.r.id
  response_type = "DEFAULT_4XX"
  status_code   = "400"

  response_parameters = {
    "gatewayresponse.header.X" = "'y'"
  }
}
