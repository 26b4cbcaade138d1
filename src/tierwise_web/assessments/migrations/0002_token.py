from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("assessments", "0001_initial"),)
    operations = (
        migrations.AddField("assessment", "token", models.CharField(max_length=36, null=True, unique=True)),
    )
