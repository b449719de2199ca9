import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Annotations, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { AaaaRecord, ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Api } from './api.ts';
import type { Configuration } from './configuration.ts';
import { ConsoleUpload } from './console-upload.ts';
import { type Identity, SignIn } from './sign-in.ts';

const ROOT = resolve(import.meta.dirname, '..');

export interface ConsoleSiteProps {
  readonly configuration: Configuration;
  readonly api: Api;
  readonly identity: Identity;
}

/**
 * The console, and the API behind the same name: the page needs no CORS, and one web ACL protects both.
 * `config.json` beside the page tells it where to sign in.
 */
export class ConsoleSite extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: ConsoleSiteProps) {
    super(scope, id);
    const { configuration, api, identity } = props;
    const { domain } = configuration;
    const logs = this.bucket('Logs', configuration, {
      objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
      lifecycleRules: [{ expiration: Duration.days(configuration.logRetentionDays) }],
    });
    Validations.of(logs).acknowledge({ id: 'AwsSolutions-S1', reason: 'It is the bucket access logs are written to.' });
    const pages = this.bucket('Pages', configuration, {
      serverAccessLogsBucket: logs,
      serverAccessLogsPrefix: 'pages/',
    });

    const toApi: BehaviorOptions = {
      origin: new HttpOrigin(api.domainName),
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    };
    const distribution = new Distribution(this, 'Distribution', {
      comment: `${configuration.prefix}: console and API`,
      defaultRootObject: 'index.html',
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(pages),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        responseHeadersPolicy: this.pageHeaders(configuration, identity),
        functionAssociations: [
          { eventType: FunctionEventType.VIEWER_REQUEST, function: this.pageOfRoute(configuration) },
        ],
      },
      additionalBehaviors: { '/api/*': toApi, '/v1/*': toApi },
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
      logBucket: logs,
      logFilePrefix: 'distribution/',
      ...(configuration.webAclArn ? { webAclId: configuration.webAclArn } : {}),
      ...(domain
        ? {
            domainNames: [domain.name],
            minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
            certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
          }
        : {}),
    });
    Validations.of(distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'Who may come in is decided by the token, not by the country.' },
      { id: 'AwsSolutions-CFR2', reason: 'A web ACL is the deployer’s choice and cost: context webAclArn.' },
      {
        id: 'AwsSolutions-CFR4',
        reason: 'Without a domain of one’s own CloudFront’s certificate decides the TLS versions.',
      },
    );
    this.url = `https://${domain?.name ?? distribution.distributionDomainName}/`;
    if (domain?.zone) {
      const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', {
        hostedZoneId: domain.zone.id,
        zoneName: domain.zone.name,
      });
      const target = RecordTarget.fromAlias(new CloudFrontTarget(distribution));
      new ARecord(this, 'A', { zone, recordName: `${domain.name}.`, target });
      new AaaaRecord(this, 'Aaaa', { zone, recordName: `${domain.name}.`, target });
    }
    if (identity instanceof SignIn) identity.setConsoleUrl(this.url);

    const dist = resolve(ROOT, configuration.consoleDist);
    if (existsSync(dist)) {
      const pageConfiguration = { issuer: identity.issuer, clientId: identity.audience[0], scope: 'openid email' };
      new ConsoleUpload(this, 'Upload', { configuration, dist, pageConfiguration, pages, distribution });
    } else {
      Annotations.of(this).addWarningV2(
        'driftless:console-not-built',
        `${configuration.consoleDist} is missing, so that the console is not uploaded. Build it first (npm run deploy does).`,
      );
    }
  }

  private bucket(id: string, configuration: Configuration, props: object): Bucket {
    return new Bucket(this, id, {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: configuration.disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      // A bucket that is not empty cannot be deleted, and would leave the stack half removed.
      autoDeleteObjects: configuration.disposable,
      ...props,
    });
  }

  /** A page's address that is not a file is the console's own business: it gets index.html. */
  private pageOfRoute(configuration: Configuration): EdgeFunction {
    return new EdgeFunction(this, 'PageOfRoute', {
      functionName: `${configuration.prefix}-page-of-route`,
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromInline(
        "function handler(event){var r=event.request;if(!/\\.[a-z0-9]+$/i.test(r.uri))r.uri='/index.html';return r;}",
      ),
    });
  }

  private pageHeaders(configuration: Configuration, identity: Identity): ResponseHeadersPolicy {
    const issuerOrigins = identity instanceof SignIn ? identity.origins : [new URL(identity.issuer).origin];
    const signInOrigins = [...issuerOrigins, ...configuration.signInOrigins];
    return new ResponseHeadersPolicy(this, 'SecurityHeaders', {
      responseHeadersPolicyName: `${configuration.prefix}-security-headers`,
      // For browsers only; CloudFront keeps the files until the next upload. A page that a browser had kept would ask for
      // scripts that an upgrade has removed.
      customHeadersBehavior: { customHeaders: [{ header: 'Cache-Control', value: 'no-cache', override: true }] },
      securityHeadersBehavior: {
        contentSecurityPolicy: {
          override: true,
          contentSecurityPolicy: [
            "default-src 'self'",
            `connect-src 'self' ${signInOrigins.join(' ')}`,
            // The component library sets styles on elements.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
          ].join('; '),
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: true, override: true },
      },
    });
  }
}
