'use strict';
/**
 * `cfn-response`: how a function in Node.js that stands in a template answers CloudFormation.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
 * It lies beside the code of functions whose code is written into a template, as at AWS.
 */
const https = require('https');

exports.SUCCESS = 'SUCCESS';
exports.FAILED = 'FAILED';

/** Tell CloudFormation how the request ended. Resolves when that is done; what goes wrong is printed, not thrown. */
exports.send = (event, context, responseStatus, responseData, physicalResourceId, noEcho) =>
  new Promise((resolve) => {
    const body = JSON.stringify({
      Status: responseStatus,
      Reason: `See the details in CloudWatch Log Stream: ${context.logStreamName}`,
      PhysicalResourceId: physicalResourceId || context.logStreamName,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
      NoEcho: noEcho || false,
      Data: responseData,
    });
    const done = (text) => {
      console.log(text);
      if (context.done) context.done();
      resolve();
    };
    const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
    const request = https.request(event.ResponseURL, { method: 'PUT', headers }, (response) => {
      response.resume();
      done(`Status code: ${response.statusCode}`);
    });
    request.on('error', (error) => done(`send(..) failed executing https.request(..): ${error}`));
    request.end(body);
  });
